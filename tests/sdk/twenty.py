"""Twenty processes that share one store and need an access token at the same moment.

`python twenty.py FOLDER TOKEN_URL API_URL` forks them once everything is imported, lets them go
together, and prints the status that each one's call of the API got.
"""

import os
import sys
from pathlib import Path

import httpx2

from gatelodge_client import BearerAuth, Connecting, FileStore, Session, Settings

PROCESSES = 20


# Read once before the fork: twenty times the system's certificates is most of the work.
TRUST = httpx2.create_ssl_context()


def call(folder: str, token_url: str, api_url: str) -> int:
    """Call the API as a program of its own and return the status."""
    base = api_url.rsplit("/", 1)[0]
    settings = Settings(base_url=base, client_id="key", client_secret="s", token_url=token_url)
    session = Session(settings, FileStore(Path(folder)))
    auth = BearerAuth(session, Connecting(verify=TRUST))
    with httpx2.Client(auth=auth, verify=TRUST) as http:
        return http.get(api_url).status_code


def main() -> int:
    """Fork, let go, and gather."""
    waiting, go = os.pipe()
    answers, answer = os.pipe()
    for _ in range(PROCESSES):
        if os.fork() == 0:
            os.close(go)
            os.read(waiting, 1)  # ends when the last writer closes: for all at once
            status = call(*sys.argv[1:])
            os.write(answer, f"{status}\n".encode())
            os._exit(0)
    os.close(answer)
    os.close(go)
    with os.fdopen(answers) as gathered:
        sys.stdout.write(gathered.read())
    for _ in range(PROCESSES):
        os.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
