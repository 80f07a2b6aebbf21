"""The response of a function that takes batches."""

from typing import TypedDict


class ItemFailure(TypedDict):
    """A record to retry: its sequence number in a stream, or its message id in a queue."""

    itemIdentifier: str


class BatchItemFailures(TypedDict):
    """Lambda's partial batch response.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """

    batchItemFailures: list[ItemFailure]
