using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// The entries of one resource, arranged for decisions: what they say together for each principal and host, in the order of these, so that
/// a long list is searched and not read. Immutable.
/// </summary>
internal sealed class AclList
{
    /// <summary>Lists of so few grants are read from end to end.</summary>
    private const int ReadGrantsMax = 8;

    private readonly Grant[] _grants;

    public AclList(IEnumerable<AclEntry> entries)
    {
        Entries = [.. entries];
        _grants = Arrange(Entries);
    }

    public AclEntry[] Entries { get; }

    /// <summary>What the entries say of a principal that comes from an address.</summary>
    public AclRights Of(KafkaPrincipal principal, string host)
    {
        if (_grants.Length > ReadGrantsMax)
        {
            return Search(principal, host);
        }

        var rights = default(AclRights);
        foreach (ref readonly var grant in _grants.AsSpan())
        {
            if ((grant.IsForAllUsers || IsOf(grant.Principal, principal)) && (grant.IsForAllHosts || grant.Host == host))
            {
                rights |= grant.Rights;
            }
        }

        return rights;
    }

    private AclRights Search(KafkaPrincipal principal, string host) =>
        Find(principal.PrincipalType, principal.Name, AclEntry.WildcardHost)
        | Find(principal.PrincipalType, principal.Name, host)
        | Find(KafkaPrincipal.UserType, AclEntry.WildcardUser, AclEntry.WildcardHost)
        | Find(KafkaPrincipal.UserType, AclEntry.WildcardUser, host);

    private AclRights Find(string principalType, string principalName, string host)
    {
        var (low, high) = (0, _grants.Length - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) >> 1);
            ref readonly var grant = ref _grants[middle];
            var order = Compare(grant.Principal, principalType, principalName);
            if (order == 0)
            {
                order = string.CompareOrdinal(grant.Host, host);
            }

            if (order == 0)
            {
                return grant.Rights;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return default;
    }

    private static Grant[] Arrange(AclEntry[] entries)
    {
        var rights = new Dictionary<(string Principal, string Host), AclRights>(entries.Length);
        foreach (ref readonly var entry in entries.AsSpan())
        {
            var key = (entry.Principal, entry.Host);
            rights[key] = rights.GetValueOrDefault(key) | AclRights.Of(entry);
        }

        Grant[] grants = [.. rights.Select(right => new Grant(right.Key.Principal, right.Key.Host, right.Value))];
        Array.Sort(
            grants,
            (left, right) => string.CompareOrdinal(left.Principal, right.Principal) is not 0 and var byPrincipal
                ? byPrincipal
                : string.CompareOrdinal(left.Host, right.Host));
        return grants;
    }

    /// <summary>Whether a principal of an entry, such as <c>User:alice</c>, is this one.</summary>
    private static bool IsOf(string text, KafkaPrincipal principal)
    {
        var type = principal.PrincipalType;
        return text.Length == type.Length + 1 + principal.Name.Length
            && text[type.Length] == ':'
            && text.EndsWith(principal.Name, StringComparison.Ordinal)
            && text.StartsWith(type, StringComparison.Ordinal);
    }

    /// <summary>Compares a principal of an entry with the text that a type and a name make, without making it.</summary>
    private static int Compare(string text, string type, string name)
    {
        var rest = text.AsSpan();
        if (rest[..Math.Min(rest.Length, type.Length)].SequenceCompareTo(type) is not 0 and var byType)
        {
            return byType;
        }

        rest = rest[type.Length..];
        return rest.IsEmpty ? -1
            : rest[0] != ':' ? rest[0].CompareTo(':')
            : rest[1..].SequenceCompareTo(name);
    }

    /// <summary>What all entries of one principal and one host say.</summary>
    private readonly record struct Grant(string Principal, string Host, AclRights Rights)
    {
        public bool IsForAllUsers { get; } = Principal == AclEntry.WildcardPrincipal;

        public bool IsForAllHosts { get; } = Host == AclEntry.WildcardHost;
    }
}
