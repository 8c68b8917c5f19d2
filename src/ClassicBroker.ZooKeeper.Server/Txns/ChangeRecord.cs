using ClassicBroker.ZooKeeper.Server.Tree;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A znode as it will be once the operations checked so far have been applied.</summary>
internal sealed class ChangeRecord
{
    public bool Exists { get; set; }

    public int Version { get; set; }

    public int Aversion { get; set; }

    public int CreateCount { get; set; }

    public int ChildCount { get; set; }

    public long Owner { get; set; }

    public IReadOnlyList<ZnodeAcl> Acl { get; set; } = [];

    public static ChangeRecord Of(Znode? node) => node is null
        ? new ChangeRecord()
        : new ChangeRecord
        {
            Exists = true,
            Version = node.Version,
            Aversion = node.Aversion,
            CreateCount = node.CreateCount,
            ChildCount = node.ChildCount,
            Owner = node.Owner,
            Acl = node.Acl,
        };
}
