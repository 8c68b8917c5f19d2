using System.Net;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// All lists of a moment, arranged for decisions: those that concern a name are that of the name, that of the wildcard, and those of its
/// prefixes, for which only the lengths that occur are tried. Immutable; a change makes another image and shares what is unchanged.
/// </summary>
internal sealed class AclImage
{
    private const int TypeCount = (int)AclResourceType.User + 1;

    public static readonly AclImage Empty = new([], []);

    private readonly Dictionary<string, AclEntry[]>?[] _literal = new Dictionary<string, AclEntry[]>?[TypeCount];
    private readonly Dictionary<string, AclEntry[]>?[] _prefixed = new Dictionary<string, AclEntry[]>?[TypeCount];
    private readonly int[][] _prefixLengths = new int[TypeCount][];

    private AclImage(Dictionary<string, AclEntry[]>?[] literal, Dictionary<string, AclEntry[]>?[] prefixed)
    {
        literal.CopyTo(_literal, 0);
        prefixed.CopyTo(_prefixed, 0);
        for (var type = 0; type < TypeCount; type++)
        {
            _prefixLengths[type] = _prefixed[type] is { } lists ? [.. lists.Keys.Select(name => name.Length).Distinct().Order()] : [];
        }
    }

    /// <summary>The image with a list in the place of the one the resource had; an empty list removes it.</summary>
    public AclImage With(AclResource resource, IReadOnlyCollection<AclEntry> entries) => With([(resource, entries)]);

    /// <inheritdoc cref="With(AclResource, IReadOnlyCollection{AclEntry})"/>
    public AclImage With(IReadOnlyCollection<(AclResource Resource, IReadOnlyCollection<AclEntry> Entries)> changes)
    {
        Dictionary<string, AclEntry[]>?[] literal = [.. _literal];
        Dictionary<string, AclEntry[]>?[] prefixed = [.. _prefixed];
        foreach (var ofType in changes.GroupBy(change => (change.Resource.Type, change.Resource.Pattern)))
        {
            var lists = ofType.Key.Pattern == AclPatternType.Prefixed ? prefixed : literal;
            ref var list = ref lists[(int)ofType.Key.Type];
            list = list is null ? new(StringComparer.Ordinal) : new(list, StringComparer.Ordinal);
            foreach (var (resource, entries) in ofType)
            {
                if (entries.Count > 0)
                {
                    list[resource.Name] = [.. entries];
                }
                else
                {
                    list.Remove(resource.Name);
                }
            }
        }

        return new(literal, prefixed);
    }

    /// <summary>Every list with its resource, sorted.</summary>
    /// <summary>How many entries there are.</summary>
    public int Count => All().Sum(list => list.Entries.Length);

    public IEnumerable<(AclResource Resource, AclEntry[] Entries)> All()
    {
        for (var type = 0; type < TypeCount; type++)
        {
            foreach (var (lists, pattern) in new[] { (_literal[type], AclPatternType.Literal), (_prefixed[type], AclPatternType.Prefixed) })
            {
                foreach (var (name, entries) in (lists ?? []).OrderBy(list => list.Key, StringComparer.Ordinal))
                {
                    yield return (new((AclResourceType)type, name, pattern), entries);
                }
            }
        }
    }

    /// <summary>The list of exactly this resource; empty where it has none.</summary>
    public AclEntry[] Of(AclResource resource) =>
        (resource.Pattern == AclPatternType.Prefixed ? _prefixed : _literal)[(int)resource.Type]?.GetValueOrDefault(resource.Name) ?? [];

    /// <summary>Whether any list concerns the resource.</summary>
    public bool HasAny(AclResourceType type, string name)
    {
        foreach (var _ in Concerning(type, name))
        {
            return true;
        }

        return false;
    }

    /// <summary>Whether an entry with this permission concerns the resource, the operation, the principal and the address.</summary>
    public bool Matches(
        AclPermission permission, AclOperation operation, AclResourceType type, string name, KafkaPrincipal principal, string host)
    {
        foreach (var entries in Concerning(type, name))
        {
            foreach (ref readonly var entry in entries.AsSpan())
            {
                if (entry.Permission == permission
                    && (entry.Operation == operation || entry.Operation == AclOperation.All)
                    && Concerns(entry, principal, host))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether an entry is for a principal that comes from an address.</summary>
    public static bool Concerns(in AclEntry entry, KafkaPrincipal principal, string host) =>
        (entry.Principal == AclEntry.WildcardPrincipal || IsOf(entry.Principal, principal))
        && (entry.Host == AclEntry.WildcardHost || entry.Host == host);

    /// <summary>An address as ACLs name it.</summary>
    public static string HostOf(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    private static bool IsOf(string entry, KafkaPrincipal principal)
    {
        var type = principal.PrincipalType;
        return entry.Length == type.Length + 1 + principal.Name.Length
            && entry[type.Length] == ':'
            && entry.StartsWith(type, StringComparison.Ordinal)
            && entry.EndsWith(principal.Name, StringComparison.Ordinal);
    }

    private Candidates Concerning(AclResourceType type, string name) =>
        new(_literal[(int)type], _prefixed[(int)type], _prefixLengths[(int)type], name);

    /// <summary>The lists that concern a name, one after another, without allocation.</summary>
    private struct Candidates(
        Dictionary<string, AclEntry[]>? literal, Dictionary<string, AclEntry[]>? prefixed, int[] prefixLengths, string name)
    {
        private const int OfName = -2;
        private const int OfWildcard = -1;

        private int _next = OfName;

        public AclEntry[] Current { get; private set; } = [];

        public readonly Candidates GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_next < prefixLengths.Length)
            {
                var step = _next++;
                var found = step switch
                {
                    OfName => literal?.GetValueOrDefault(name),
                    OfWildcard => name == AclResource.Wildcard ? null : literal?.GetValueOrDefault(AclResource.Wildcard),
                    _ => OfPrefix(prefixLengths[step]),
                };
                if (found is not null)
                {
                    Current = found;
                    return true;
                }
            }

            return false;
        }

        private readonly AclEntry[]? OfPrefix(int length) =>
            length <= name.Length
            && prefixed!.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name.AsSpan(0, length), out var entries)
                ? entries
                : null;
    }
}
