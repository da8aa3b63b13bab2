"""The web remote: a page for phones on the local network, served only while it is switched on."""
