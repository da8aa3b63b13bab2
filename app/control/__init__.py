"""Control from outside: what keys, MIDI and OSC may do, who is bound to what, and the hub that brings them together."""
