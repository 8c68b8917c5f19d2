namespace ClassicBroker.Primitives.Acls;

/// <summary>Who may or may not do what, from where: one entry of a resource's list.</summary>
/// <param name="Principal">Such as <c>User:alice</c>; <c>User:*</c> is every user.</param>
/// <param name="Permission">Allow or Deny.</param>
/// <param name="Host">An address, or <c>*</c> for any.</param>
/// <param name="Operation">The operation; All covers each.</param>
public readonly record struct AclEntry(string Principal, AclPermission Permission, string Host, AclOperation Operation)
{
    /// <summary>By principal, host, operation and permission.</summary>
    public static readonly IComparer<AclEntry> Order = Comparer<AclEntry>.Create(Compare);

    public const string WildcardHost = "*";

    /// <summary>The name that stands for every user.</summary>
    public const string WildcardUser = "*";

    public const string WildcardPrincipal = "User:" + WildcardUser;

    /// <summary>As Kafka's authorizer logs it.</summary>
    public override string ToString() => $"{Principal} has {Permission} permission for operations: {Operation} from hosts: {Host}";

    private static int Compare(AclEntry left, AclEntry right)
    {
        var byPrincipal = string.CompareOrdinal(left.Principal, right.Principal);
        var byHost = byPrincipal != 0 ? byPrincipal : string.CompareOrdinal(left.Host, right.Host);
        var byOperation = byHost != 0 ? byHost : left.Operation.CompareTo(right.Operation);
        return byOperation != 0 ? byOperation : left.Permission.CompareTo(right.Permission);
    }
}
