namespace ClassicBroker.Primitives.Acls;

/// <summary>How the name of an ACL's resource is compared (KIP-290), by Kafka's codes.</summary>
public enum AclPatternType : sbyte
{
    Unknown = 0,

    /// <summary>In filters: whatever the type of the pattern is.</summary>
    Any = 1,

    /// <summary>In filters: every pattern that the name matches.</summary>
    Match = 2,

    Literal = 3,
    Prefixed = 4,
}
