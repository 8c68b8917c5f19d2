using System.Globalization;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Access;
using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>
/// Checks the operations of one request against the tree, each seeing the effect of those before it, and turns them into transactions.
/// The tree itself is not touched, so that a refusal leaves nothing to undo. Made for one request. Threading: server loop only.
/// </summary>
internal sealed class TxnPreparer(DataTree tree, IReadOnlyList<AuthId> identities, long sessionId, bool allowsTtl)
{
    private readonly Dictionary<string, ChangeRecord> _changes = new(StringComparer.Ordinal);

    /// <summary>Each method returns its transaction, or null and the reason in <paramref name="error"/>.</summary>
    public CreateTxn? Create(OpCode type, in CreateRequest request, out ZooKeeperError error)
    {
        var mode = (CreateMode)request.Flags;
        error = CheckCreate(type, request, mode);
        if (error != ZooKeeperError.None)
        {
            return null;
        }

        if (AccessRules.Normalize(request.Acl, identities) is not { } acl)
        {
            error = ZooKeeperError.InvalidAcl;
            return null;
        }

        var parent = Look(ZnodePath.Parent(request.Path));
        error = CheckParent(parent);
        if (error != ZooKeeperError.None)
        {
            return null;
        }

        var path = mode.IsSequential() ? request.Path + SequenceSuffix(parent.CreateCount) : request.Path;
        if (!ZnodePath.IsValid(path))
        {
            error = ZooKeeperError.BadArguments;
            return null;
        }

        var record = Look(path);
        if (record.Exists)
        {
            error = ZooKeeperError.NodeExists;
            return null;
        }

        var owner = OwnerOf(type, mode, request.TtlMs);
        parent.CreateCount++;
        parent.ChildCount++;
        _changes[path] = new ChangeRecord { Exists = true, Owner = owner, Acl = acl };
        return new CreateTxn(type, path, request.Data, acl, owner, parent.CreateCount);
    }

    public DeleteTxn? Delete(string path, int version, out ZooKeeperError error)
    {
        if (!ZnodePath.IsValid(path) || IsReserved(path))
        {
            error = ZooKeeperError.BadArguments;
            return null;
        }

        var parent = Look(ZnodePath.Parent(path));
        var record = Look(path);
        error = !record.Exists ? ZooKeeperError.NoNode
            : !AccessRules.Allows(parent.Acl, ZnodePermissions.Delete, identities) ? ZooKeeperError.NoAuth
            : version != ZnodeVersion.Any && version != record.Version ? ZooKeeperError.BadVersion
            : record.ChildCount > 0 ? ZooKeeperError.NotEmpty
            : ZooKeeperError.None;
        if (error != ZooKeeperError.None)
        {
            return null;
        }

        parent.ChildCount--;
        _changes[path] = new ChangeRecord();
        return new DeleteTxn(OpCode.Delete, path);
    }

    public SetDataTxn? SetData(string path, byte[]? data, int version, out ZooKeeperError error)
    {
        var record = LookFor(path, ZnodePermissions.Write, out error);
        if (error == ZooKeeperError.None && version != ZnodeVersion.Any && version != record.Version)
        {
            error = ZooKeeperError.BadVersion;
        }

        return error == ZooKeeperError.None ? new SetDataTxn(path, data, ++record.Version) : null;
    }

    public SetAclTxn? SetAcl(string path, IReadOnlyList<ZnodeAcl> requested, int aversion, out ZooKeeperError error)
    {
        if (AccessRules.Normalize(requested, identities) is not { } acl)
        {
            error = ZooKeeperError.InvalidAcl;
            return null;
        }

        var record = LookFor(path, ZnodePermissions.Admin, out error);
        if (error == ZooKeeperError.None && aversion != ZnodeVersion.Any && aversion != record.Aversion)
        {
            error = ZooKeeperError.BadVersion;
        }

        if (error != ZooKeeperError.None)
        {
            return null;
        }

        record.Acl = acl;
        return new SetAclTxn(path, acl, ++record.Aversion);
    }

    public CheckTxn? Check(string path, int version, out ZooKeeperError error)
    {
        var record = LookFor(path, ZnodePermissions.Read, out error);
        if (error == ZooKeeperError.None && version != ZnodeVersion.Any && version != record.Version)
        {
            error = ZooKeeperError.BadVersion;
        }

        return error == ZooKeeperError.None ? new CheckTxn(path, version) : null;
    }

    private ZooKeeperError CheckCreate(OpCode type, in CreateRequest request, CreateMode mode)
    {
        if (!allowsTtl && (type == OpCode.CreateTtl || mode.HasTtl()))
        {
            // As Apache ZooKeeper answers unless its extended types are switched on.
            return ZooKeeperError.Unimplemented;
        }

        var path = request.Path;
        var known = mode is >= CreateMode.Persistent and <= CreateMode.PersistentSequentialWithTtl
            && mode == CreateMode.Container == (type == OpCode.CreateContainer)
            && mode.HasTtl() == (type == OpCode.CreateTtl)
            && (!mode.HasTtl() || request.TtlMs is > 0 and <= EphemeralOwner.TtlMaxMs);
        // The number of a sequential znode completes a path that may end in a slash.
        return known && ZnodePath.IsValid(mode.IsSequential() ? path + "0" : path) ? ZooKeeperError.None : ZooKeeperError.BadArguments;
    }

    private ZooKeeperError CheckParent(ChangeRecord parent) =>
        !parent.Exists ? ZooKeeperError.NoNode
        : !AccessRules.Allows(parent.Acl, ZnodePermissions.Create, identities) ? ZooKeeperError.NoAuth
        : EphemeralOwner.IsSession(parent.Owner) ? ZooKeeperError.NoChildrenForEphemerals
        : ZooKeeperError.None;

    private long OwnerOf(OpCode type, CreateMode mode, long ttlMs) =>
        type == OpCode.CreateContainer ? EphemeralOwner.Container
        : mode.HasTtl() ? EphemeralOwner.OfTtl(ttlMs)
        : mode.IsEphemeral() ? sessionId
        : EphemeralOwner.None;

    private static string SequenceSuffix(int count) => count.ToString("D10", CultureInfo.InvariantCulture);

    private static bool IsReserved(string path) => path is ZnodePath.Root or "/zookeeper" or "/zookeeper/config" or "/zookeeper/quota";

    private ChangeRecord LookFor(string path, ZnodePermissions wanted, out ZooKeeperError error)
    {
        var record = Look(path);
        error = !ZnodePath.IsValid(path) ? ZooKeeperError.BadArguments
            : !record.Exists ? ZooKeeperError.NoNode
            : !AccessRules.Allows(record.Acl, wanted, identities) ? ZooKeeperError.NoAuth
            : ZooKeeperError.None;
        return record;
    }

    private ChangeRecord Look(string path)
    {
        if (!_changes.TryGetValue(path, out var record))
        {
            _changes[path] = record = ChangeRecord.Of(tree.Find(path));
        }

        return record;
    }
}
