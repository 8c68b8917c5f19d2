using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// One part of whom a quota is for: a name, or all that have no quota of their own. A client may be named as the znode of the default is:
/// only the znode, where names are sanitized, tells the two apart.
/// </summary>
/// <param name="Name">The plain name; null for the default.</param>
public readonly record struct QuotaName(string? Name)
{
    public bool IsDefault => Name is null;

    /// <summary>The name of the znode.</summary>
    public string Znode => Name is null ? ConfigEntityZnode.DefaultEntity : Sanitizer.Sanitize(Name);

    public static QuotaName OfZnode(string znode) =>
        znode == ConfigEntityZnode.DefaultEntity ? default : new(Sanitizer.Desanitize(znode));

    /// <summary>False for a name that no broker writes.</summary>
    public static bool TryOfZnode(string znode, out QuotaName name)
    {
        try
        {
            name = OfZnode(znode);
            return true;
        }
        catch (MalformedDataException)
        {
            name = default;
            return false;
        }
    }
}
