namespace ClassicBroker.Primitives.Acls;

/// <summary>The resource or resources that ACLs are for: a type, a name, and how the name is compared.</summary>
public readonly record struct AclResource(AclResourceType Type, string Name, AclPatternType Pattern) : IComparable<AclResource>
{
    /// <summary>The name of the only resource of type cluster.</summary>
    public const string ClusterName = "kafka-cluster";

    /// <summary>A literal name that stands for every name.</summary>
    public const string Wildcard = "*";

    public int CompareTo(AclResource other)
    {
        var byType = Type.CompareTo(other.Type);
        if (byType != 0)
        {
            return byType;
        }

        var byName = string.CompareOrdinal(Name, other.Name);
        return byName != 0 ? byName : Pattern.CompareTo(other.Pattern);
    }

    /// <summary>As Kafka's authorizer logs it, such as <c>Topic:LITERAL:orders</c>.</summary>
    public override string ToString() => $"{Type}:{Pattern.ToString().ToUpperInvariant()}:{Name}";
}
