"""The words of a night to mail, chat and webhooks, by Apprise; off unless the config names where."""

from collections.abc import Sequence

from rib.exceptions import ConfigError

__all__ = ["check_urls", "send"]


def _apprise() -> type:
    try:
        import apprise
    except ImportError as error:
        raise ConfigError("[notify] needs apprise: pip install 'rib[notify]'") from error
    found: type = apprise.Apprise
    return found


def check_urls(urls: Sequence[str]) -> None:
    """Raise ConfigError for an address that Apprise does not understand; it may hold a password."""
    for number, url in enumerate(urls, start=1):
        if not _apprise()().add(url):
            scheme = url.partition("://")[0]
            raise ConfigError(
                f"notify.urls: number {number} ({scheme}://…): expected an address of Apprise, such as "
                "mailto://… or json://…"
            )


def send(urls: Sequence[str], title: str, text: str) -> bool:
    """Send Markdown to every address; whether all of them took it."""
    service = _apprise()()
    for url in urls:
        service.add(url)
    return bool(service.notify(body=text, title=title, body_format="markdown"))
