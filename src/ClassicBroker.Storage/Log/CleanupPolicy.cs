namespace ClassicBroker.Storage;

/// <summary>What happens to old records: <c>cleanup.policy</c>, which may name both.</summary>
[Flags]
public enum CleanupPolicy
{
    None = 0,
    Delete = 1,
    Compact = 2,
}
