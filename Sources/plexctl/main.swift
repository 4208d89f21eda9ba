print("plexctl")
