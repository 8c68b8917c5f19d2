using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// Guards the way from a name to a path. Every path that holds a name is built through here, so that a name out of a request, a
/// notification or a list can address no other znode than that of an entity of its own kind. Stores take a name that is none for one that
/// nothing has; writing it is refused.
/// </summary>
public static class ZnodeName
{
    /// <summary>True where the name can be one component of a path.</summary>
    public static bool IsValid(string name) => ZnodePath.IsValidName(name);

    /// <summary>The name, for the path.</summary>
    /// <exception cref="InvalidZnodeNameException">It can be no component of one.</exception>
    public static string Of(string kind, string name) => IsValid(name) ? name : throw new InvalidZnodeNameException(kind, name);
}
