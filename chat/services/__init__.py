"""The only code that writes rooms, memberships and messages, and publishes events of them.

Every function takes the acting person first, finds only what that person may see, and raises a
`chat.protocol.errors.ChatError` if it must refuse. All functions are synchronous.
"""
