"""Fills the throw-away portal with somebody and something of each kind; prints their ids."""

import json
import os
import urllib.request

URL = os.environ["PORTAL_URL"] + "/api/v1"
PASSWORD = os.environ["PORTAL_PASSWORD"]


def ask(method, path, body=None, cookie=None):
    headers = {"content-type": "application/json"}
    if cookie:
        headers["cookie"] = cookie
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(URL + path, data, headers, method=method)) as answer:
        text = answer.read()
        return (json.loads(text) if text else None), answer.headers.get("set-cookie")


_, cookie = ask("POST", "/session", {"email": "ada@portal.test", "password": PASSWORD})
admin = cookie.split(";")[0]
users = []
for name in ("carl", "vera", "emil", "nora"):
    user, _ = ask("POST", "/users", {"name": name.title(), "email": f"{name}@portal.test"}, admin)
    users.append(user["id"])
link, _ = ask("POST", f"/users/{users[0]}/password-link", {}, admin)
ask("POST", "/links/redeem", {"token": link["url"].split("#")[1], "password": PASSWORD})
project, _ = ask("POST", "/projects", {"name": "Harbour"}, admin)
group, _ = ask("POST", "/groups", {"name": "Crew", "permissions": ["users.read"]}, admin)
view, _ = ask("POST", "/me/views", {"name": "Mine", "query": "q=a"}, admin)
mails, _ = ask("GET", "/mail", None, admin)
# Carl is asked about only by nobody and himself: others end his sessions.
print(json.dumps({
    "users": users[1:],
    "projects": [project["id"]],
    "groups": [group["id"]],
    "mail": [mail["id"] for mail in mails["items"]],
    "me": [view["id"]],
}))
