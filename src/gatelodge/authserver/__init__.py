"""The OAuth and OpenID Connect endpoints, one file each, named with the specification's word.

Each endpoint is a hub that reads as a recipe: a rule of ``oauth``, a fact of ``storage``, a rule
again. Owns no rule and no SQL. Client authentication, issuing and looking access tokens up are
shared here and nowhere else.
"""
