"""The page: one file that shows a report to people, without any network. Text in, text out; nothing of it runs here."""
