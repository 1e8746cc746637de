"""The dialect of `POST /responses`, as Codex and the SDKs speak it.

Its request vocabulary is settled here: `reading.read_request` and `writing.write_request`. The dialect is not served
yet: there are no decoders and encoders, and therefore no translator to be found.
"""
