"""The notebooks as a site and as slides: `make book`, `make slides`."""
