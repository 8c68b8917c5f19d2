using System.Net;

namespace ClassicBroker.ZooKeeper.Server.Access;

/// <summary>Decides by ACLs, and checks ACLs that clients send. Schemes: world, auth, digest, ip.</summary>
internal static class AccessRules
{
    private const string WorldScheme = "world";
    private const string Anyone = "anyone";

    /// <summary>
    /// True where the ACL lets one of the identities do all that one of its entries must allow; an empty ACL lets anyone.
    /// </summary>
    public static bool Allows(IReadOnlyList<ZnodeAcl> acl, ZnodePermissions wanted, IReadOnlyList<AuthId> identities)
    {
        if (acl.Count == 0)
        {
            return true;
        }

        foreach (var entry in acl)
        {
            if ((entry.Permissions & wanted) != 0 && IsMeant(entry, identities))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The ACL as it is stored: duplicates gone, and <c>auth</c> replaced with the identities the connection proved. Null where it is
    /// not valid.
    /// </summary>
    public static IReadOnlyList<ZnodeAcl>? Normalize(IReadOnlyList<ZnodeAcl> acl, IReadOnlyList<AuthId> identities)
    {
        var normalized = new List<ZnodeAcl>();
        foreach (var entry in acl.Distinct())
        {
            switch (entry.Scheme)
            {
                case WorldScheme when entry.Id == Anyone:
                case DigestScheme.Name when DigestScheme.IsValidId(entry.Id):
                case IpScheme.Name when IpScheme.IsValidId(entry.Id):
                    normalized.Add(entry);
                    break;
                case "auth":
                    var proved = identities.Where(identity => identity.Scheme == DigestScheme.Name).ToArray();
                    if (proved.Length == 0)
                    {
                        return null;
                    }

                    normalized.AddRange(proved.Select(identity => new ZnodeAcl(entry.Permissions, identity.Scheme, identity.Id)));
                    break;
                default:
                    return null;
            }
        }

        return normalized.Count == 0 ? null : normalized;
    }

    /// <summary>The ACL as a reader without the right to change it sees it: digests hidden.</summary>
    public static IReadOnlyList<ZnodeAcl> Masked(IReadOnlyList<ZnodeAcl> acl) =>
        [.. acl.Select(entry => entry.Scheme == DigestScheme.Name ? entry with { Id = DigestScheme.Mask(entry.Id) } : entry)];

    private static bool IsMeant(in ZnodeAcl entry, IReadOnlyList<AuthId> identities)
    {
        if (entry is { Scheme: WorldScheme, Id: Anyone })
        {
            return true;
        }

        foreach (var identity in identities)
        {
            if (identity.Scheme != entry.Scheme)
            {
                continue;
            }

            if (identity.Id == entry.Id || (identity.Scheme == IpScheme.Name && IpScheme.Matches(IPAddress.Parse(identity.Id), entry.Id)))
            {
                return true;
            }
        }

        return false;
    }
}
