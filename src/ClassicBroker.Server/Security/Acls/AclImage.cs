using ClassicBroker.Primitives.Acls;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// All lists of a moment by type of resource, arranged for decisions that read each list once and allocate nothing. Immutable; a change
/// makes another image and shares what is unchanged.
/// </summary>
internal sealed class AclImage
{
    private const int TypeCount = (int)AclResourceType.User + 1;

    public static readonly AclImage Empty = new([.. Enumerable.Repeat(AclTypeLists.None, TypeCount)]);

    private readonly AclTypeLists[] _lists;

    private AclImage(AclTypeLists[] lists) => _lists = lists;

    /// <summary>How many entries there are.</summary>
    public int Count => _lists.Sum(ofType => ofType.Count);

    /// <summary>The image with a list in the place of the one the resource had; an empty list removes it.</summary>
    public AclImage With(AclResource resource, IReadOnlyCollection<AclEntry> entries) => With([(resource, entries)]);

    /// <inheritdoc cref="With(AclResource, IReadOnlyCollection{AclEntry})"/>
    public AclImage With(IReadOnlyCollection<(AclResource Resource, IReadOnlyCollection<AclEntry> Entries)> changes)
    {
        AclTypeLists[] lists = [.. _lists];
        foreach (var ofKind in changes.GroupBy(change => (change.Resource.Type, change.Resource.Pattern)))
        {
            ref var ofType = ref lists[(int)ofKind.Key.Type];
            ofType = ofType.With(ofKind.Key.Pattern, ofKind);
        }

        return new(lists);
    }

    /// <summary>Every list with its resource, sorted.</summary>
    public IEnumerable<(AclResource Resource, AclEntry[] Entries)> All()
    {
        for (var type = 0; type < TypeCount; type++)
        {
            foreach (var pattern in new[] { AclPatternType.Literal, AclPatternType.Prefixed })
            {
                foreach (var (name, list) in _lists[type].All(pattern).OrderBy(list => list.Key, StringComparer.Ordinal))
                {
                    yield return (new((AclResourceType)type, name, pattern), list.Entries);
                }
            }
        }
    }

    /// <summary>The list of exactly this resource; empty where it has none.</summary>
    public AclEntry[] Of(AclResource resource) => _lists[(int)resource.Type].Find(resource.Name, resource.Pattern)?.Entries ?? [];

    /// <summary>What lists say of a resource to a principal that comes from an address, and whether any concern the resource.</summary>
    public AclRights RightsOn(AclResourceType type, string name, KafkaPrincipal principal, string host, out bool isListed) =>
        _lists[(int)type].Of(name, principal, host, out isListed);

    /// <inheritdoc cref="AclTypeLists.PermitsSome"/>
    public bool PermitsSome(
        AclResourceType type, AclOperation operation, KafkaPrincipal principal, string host, bool allowsWithoutAcls) =>
        _lists[(int)type].PermitsSome(operation, principal, host, allowsWithoutAcls);
}
