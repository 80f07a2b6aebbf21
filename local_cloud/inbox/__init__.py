"""A mailbox on this machine: a page that shows the mails which the local SES took.

`python -m local_cloud.inbox PORT ENDPOINT_URL` serves it. The engine starts it beside itself
(`Engine(..., inbox=True)`), so that it ends with the engine.
"""
