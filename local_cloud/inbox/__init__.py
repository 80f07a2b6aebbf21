"""The mailbox: a page with the mails that the local SES has accepted.

`python -m local_cloud.inbox PORT ENDPOINT_URL` serves it. The engine starts it beside itself
(`Engine(..., inbox=True)`), so that it ends with the engine.
"""
