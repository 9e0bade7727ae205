"""How Sphinx makes the pages from what build.py stages."""

import adamlib

project = "The Adam optimizer, explained by code that runs"
author = "The adamlib maintainers"
copyright = "The adamlib maintainers. Code under the MIT licence, text and pictures under CC BY 4.0"
release = version = adamlib.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "book.reference"]
exclude_patterns = []
nitpicky = False
default_role = "py:obj"

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath", "html_image"]
myst_heading_anchors = 4
myst_heading_slug_func = "book.reference.jupyter_anchor"
suppress_warnings = ["myst.header"]

autodoc_typehints = "signature"
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
python_display_short_literal_types = True
add_module_names = False

html_theme = "sphinx_book_theme"
html_title = "The Adam optimizer"
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "search_bar_text": "Search",
    "navbar_persistent": [],
    "article_header_end": ["article-header-buttons.html"],
}
html_sidebars = {"index": [], "**": ["navbar-logo.html", "search-button-field.html", "sbt-sidebar-nav.html"]}
html_favicon = "static/favicon.svg"
html_context = {"default_mode": "auto"}
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["book.css", "live.css"]
html_js_files = ["page.js", ("answers.js", {"defer": "defer"}), ("live.js", {"defer": "defer"})]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
