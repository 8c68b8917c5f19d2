using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// The lists of one type of resource. Those that concern a name are that of the name, that of the wildcard, and those of its prefixes.
/// Immutable; a change makes another and shares what is unchanged.
/// </summary>
internal sealed class AclTypeLists
{
    public static readonly AclTypeLists None = new(new(StringComparer.Ordinal), AclPrefixes.None);

    private readonly Dictionary<string, AclList> _literal;
    private readonly AclList? _ofWildcard;
    private readonly AclPrefixes _prefixes;

    private AclTypeLists(Dictionary<string, AclList> literal, AclPrefixes prefixes)
    {
        _literal = literal;
        _ofWildcard = literal.GetValueOrDefault(AclResource.Wildcard);
        _prefixes = prefixes;
    }

    /// <summary>How many entries there are.</summary>
    public int Count => _literal.Values.Sum(list => list.Entries.Length) + _prefixes.All.Values.Sum(list => list.Entries.Length);

    /// <summary>Lists by name with one kind of pattern.</summary>
    public IReadOnlyDictionary<string, AclList> All(AclPatternType pattern) =>
        pattern == AclPatternType.Prefixed ? _prefixes.All : _literal;

    /// <summary>The list of exactly this name and kind of pattern.</summary>
    public AclList? Find(string name, AclPatternType pattern) =>
        pattern == AclPatternType.Prefixed ? _prefixes.Find(name) : _literal.GetValueOrDefault(name);

    public AclTypeLists With(
        AclPatternType pattern, IEnumerable<(AclResource Resource, IReadOnlyCollection<AclEntry> Entries)> changes) =>
        pattern == AclPatternType.Prefixed ? new(_literal, _prefixes.With(changes)) : new(Changed(_literal, changes), _prefixes);

    /// <summary>Lists by name with those of some names in the place of what these had; without entries a name has no list.</summary>
    public static Dictionary<string, AclList> Changed(
        Dictionary<string, AclList> lists, IEnumerable<(AclResource Resource, IReadOnlyCollection<AclEntry> Entries)> changes)
    {
        var changed = new Dictionary<string, AclList>(lists, StringComparer.Ordinal);
        foreach (var (resource, entries) in changes)
        {
            if (entries.Count > 0)
            {
                changed[resource.Name] = new(entries);
            }
            else
            {
                changed.Remove(resource.Name);
            }
        }

        return changed;
    }

    /// <summary>What the lists that concern a name say of a principal that comes from an address, and whether there are any.</summary>
    public AclRights Of(string name, KafkaPrincipal principal, string host, out bool isListed)
    {
        var rights = _prefixes.Of(name, principal, host, out isListed);
        if (_ofWildcard is not null)
        {
            isListed = true;
            rights |= _ofWildcard.Of(principal, host);
        }

        if (_literal.TryGetValue(name, out var ofName))
        {
            isListed = true;
            rights |= ofName.Of(principal, host);
        }

        return rights;
    }

    /// <summary>
    /// Whether there can be a resource that a principal may do this with, asked of the operation itself and not of those that imply it. An
    /// allowed name or prefix counts unless it is denied as a whole: by its own name, by a prefix of it, or by the wildcard.
    /// </summary>
    public bool PermitsSome(AclOperation operation, KafkaPrincipal principal, string host, bool allowsWithoutAcls)
    {
        var everywhere = _ofWildcard?.Of(principal, host) ?? default;
        if (everywhere.Deny(operation))
        {
            return false;
        }

        return allowsWithoutAcls
            || everywhere.Allow(operation)
            || _prefixes.PermitSome(operation, principal, host)
            || LiteralPermitsSome(operation, principal, host);
    }

    private bool LiteralPermitsSome(AclOperation operation, KafkaPrincipal principal, string host)
    {
        foreach (var (name, list) in _literal)
        {
            var rights = list.Of(principal, host);
            if (rights.Allow(operation) && !rights.Deny(operation) && !_prefixes.Of(name, principal, host, out _).Deny(operation))
            {
                return true;
            }
        }

        return false;
    }
}
