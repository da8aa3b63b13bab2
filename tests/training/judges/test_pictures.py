"""Pictures of any size become what a judge was trained on."""

import pytest
import torch

from app.training.judges.openai_clip import MEAN, STD
from app.training.judges.pictures import prepare


def test_pictures_are_normalised_with_clips_colours() -> None:
    grey = torch.full((1, 3, 50, 50), 0.5)
    wanted = torch.tensor([(0.5 - mean) / std for mean, std in zip(MEAN, STD, strict=True)])
    torch.testing.assert_close(prepare(grey, 224, MEAN, STD), wanted.view(1, 3, 1, 1).expand(1, 3, 224, 224))


def test_the_middle_square_is_seen() -> None:
    picture = torch.zeros(1, 3, 20, 60)
    picture[..., 20:40] = 1.0
    assert prepare(picture, 32, MEAN, STD).amin() > 1.5


def test_fine_stripes_do_not_alias() -> None:
    stripes = (torch.arange(512) % 2).float().expand(1, 3, 512, 512)
    assert prepare(stripes, 32, MEAN, STD).std(dim=(2, 3)).max() < 0.05


def test_pictures_of_another_shape_are_a_mistake_of_the_caller() -> None:
    for shape in ((3, 32, 32), (1, 4, 32, 32), (1, 3, 15, 32)):
        with pytest.raises(ValueError, match="pictures must be"):
            prepare(torch.zeros(shape), 32, MEAN, STD)


def test_nothing_is_resized_that_has_the_size() -> None:
    picture = torch.rand(1, 3, 32, 40)
    wanted = (picture[..., 4:36] - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
    torch.testing.assert_close(prepare(picture, 32, MEAN, STD), wanted)
