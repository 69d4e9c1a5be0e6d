"""Scripts and styles: under the name of their build, and those of a page as one."""

from api.assets.serving import (
    FOLDERS,
    STYLE,
    blueprint,
    entry,
    is_of_this_build,
    join,
    scripts,
    url_path,
)

__all__ = [
    "FOLDERS",
    "STYLE",
    "blueprint",
    "entry",
    "is_of_this_build",
    "join",
    "scripts",
    "url_path",
]
