namespace ClassicBroker.Server.Quotas;

/// <summary>One side of whom a limit is for: nothing of the kind (the default value), all without their own limit, or a name.</summary>
internal readonly record struct QuotaPart(bool IsPresent, string? Name)
{
    /// <summary>All that have no limit of their own.</summary>
    public static readonly QuotaPart Default = new(true, null);

    public static QuotaPart Of(string name) => new(true, name);

    public static QuotaPart Of(QuotaName? name) => name is { } present ? new(true, present.Name) : default;
}
