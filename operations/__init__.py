"""What an administrator sees of Ksys itself: does it live, is it ready, what failed.

`logs` writes lines that no stranger can forge, `repeats` counts tracebacks that repeat. `metrics`
names all that is measured, `requests` measures requests, `statements` what is asked of the
historian, `viewers` who looks, and `site` puts them into an app; `folder` is where workers count.
`watch` looks at the historian beside the requests; `routes` tells what was counted and seen.
Nothing here asks the historian while somebody waits for an answer.
"""
