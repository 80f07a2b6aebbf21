"""What several functions need; copied into every function's zip."""

import gc
import os

# Lambda sets it before it imports the handler: shared/init.py
if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    # Until `shared.init.prepare`. Nearly all that INIT makes stays, so the collector looks at it in
    # vain: it took 5 to 8% of INIT.
    gc.disable()
