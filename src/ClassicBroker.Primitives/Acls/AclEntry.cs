namespace ClassicBroker.Primitives.Acls;

/// <summary>Who may or may not do what, from where: one entry of a resource's list.</summary>
/// <param name="Principal">Such as <c>User:alice</c>; <c>User:*</c> is every user.</param>
/// <param name="Permission">Allow or Deny.</param>
/// <param name="Host">An address, or <c>*</c> for any.</param>
/// <param name="Operation">The operation; All covers each.</param>
public readonly record struct AclEntry(string Principal, AclPermission Permission, string Host, AclOperation Operation)
    : IComparable<AclEntry>
{
    public const string WildcardHost = "*";

    public const string WildcardPrincipal = "User:*";

    public int CompareTo(AclEntry other)
    {
        var byPrincipal = string.CompareOrdinal(Principal, other.Principal);
        if (byPrincipal != 0)
        {
            return byPrincipal;
        }

        var byHost = string.CompareOrdinal(Host, other.Host);
        if (byHost != 0)
        {
            return byHost;
        }

        var byOperation = Operation.CompareTo(other.Operation);
        return byOperation != 0 ? byOperation : Permission.CompareTo(other.Permission);
    }

    /// <summary>As Kafka's authorizer logs it.</summary>
    public override string ToString() => $"{Principal} has {Permission} permission for operations: {Operation} from hosts: {Host}";
}
