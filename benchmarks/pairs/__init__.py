"""Can a client tell "not yours" from "not there" by the time the answer takes?"""
