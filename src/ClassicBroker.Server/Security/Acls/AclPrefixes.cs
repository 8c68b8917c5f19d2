using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// The prefixed lists of one type of resource. Prefixes stand sorted, each with the place of the longest other one that begins it: those of
/// a name are found by one search, for the last prefix that is not behind the name begins with each of them. Immutable.
/// </summary>
internal sealed class AclPrefixes
{
    public static readonly AclPrefixes None = new(new(StringComparer.Ordinal));

    private const int NoPrefix = -1;

    private readonly Dictionary<string, AclList> _lists;
    private readonly string[] _sorted;
    private readonly AclList[] _ofSorted;
    private readonly int[] _beginnings;

    private AclPrefixes(Dictionary<string, AclList> lists)
    {
        _lists = lists;
        _sorted = [.. lists.Keys.Order(StringComparer.Ordinal)];
        _ofSorted = [.. _sorted.Select(prefix => lists[prefix])];
        _beginnings = Beginnings(_sorted);
    }

    public IReadOnlyDictionary<string, AclList> All => _lists;

    public AclList? Find(string prefix) => _lists.GetValueOrDefault(prefix);

    /// <summary>The prefixes with other lists; without entries there is no list.</summary>
    public AclPrefixes With(IEnumerable<(AclResource Resource, IReadOnlyCollection<AclEntry> Entries)> changes) =>
        new(AclTypeLists.Changed(_lists, changes));

    /// <summary>What the lists of a name's prefixes say of a principal that comes from an address, and whether there are any.</summary>
    public AclRights Of(string name, KafkaPrincipal principal, string host, out bool isListed)
    {
        var longest = Longest(name);
        isListed = longest != NoPrefix;
        return OfAll(longest, principal, host);
    }

    /// <summary>Whether a prefix allows the operation itself, and neither it nor one that begins it denies it.</summary>
    public bool PermitSome(AclOperation operation, KafkaPrincipal principal, string host)
    {
        for (var i = 0; i < _sorted.Length; i++)
        {
            if (_ofSorted[i].Of(principal, host).Allow(operation) && !OfAll(i, principal, host).Deny(operation))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a prefix and all that begin it say together.</summary>
    private AclRights OfAll(int longest, KafkaPrincipal principal, string host)
    {
        var rights = default(AclRights);
        for (var at = longest; at != NoPrefix; at = _beginnings[at])
        {
            rights |= _ofSorted[at].Of(principal, host);
        }

        return rights;
    }

    /// <summary>The place of the longest prefix that begins a name.</summary>
    private int Longest(string name)
    {
        var (low, high) = (0, _sorted.Length - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) >> 1);
            (low, high) = string.CompareOrdinal(_sorted[middle], name) <= 0 ? (middle + 1, high) : (low, middle - 1);
        }

        var at = high;
        while (at != NoPrefix && !name.StartsWith(_sorted[at], StringComparison.Ordinal))
        {
            at = _beginnings[at];
        }

        return at;
    }

    private static int[] Beginnings(string[] sorted)
    {
        var beginnings = new int[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            var at = i - 1;
            while (at != NoPrefix && !sorted[i].StartsWith(sorted[at], StringComparison.Ordinal))
            {
                at = beginnings[at];
            }

            beginnings[i] = at;
        }

        return beginnings;
    }
}
