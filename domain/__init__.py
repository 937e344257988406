"""The rules of Instep as frozen values and pure functions; standard library only."""
