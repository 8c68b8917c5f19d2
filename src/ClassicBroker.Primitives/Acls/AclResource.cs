namespace ClassicBroker.Primitives.Acls;

/// <summary>The resource or resources that ACLs are for: a type, a name, and how the name is compared.</summary>
public readonly record struct AclResource(AclResourceType Type, string Name, AclPatternType Pattern)
{
    /// <summary>By type, name and pattern.</summary>
    public static readonly IComparer<AclResource> Order = Comparer<AclResource>.Create(Compare);

    /// <summary>The name of the only resource of type cluster.</summary>
    public const string ClusterName = "kafka-cluster";

    /// <summary>A literal name that stands for every name.</summary>
    public const string Wildcard = "*";

    /// <summary>As Kafka's authorizer logs it, such as <c>Topic:LITERAL:orders</c>.</summary>
    public override string ToString() => $"{Type}:{Pattern.ToString().ToUpperInvariant()}:{Name}";

    private static int Compare(AclResource left, AclResource right)
    {
        var byType = left.Type.CompareTo(right.Type);
        var byName = byType != 0 ? byType : string.CompareOrdinal(left.Name, right.Name);
        return byName != 0 ? byName : left.Pattern.CompareTo(right.Pattern);
    }
}
