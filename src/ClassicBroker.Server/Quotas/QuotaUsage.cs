namespace ClassicBroker.Server.Quotas;

/// <summary>How much of a limit is used by those who share it.</summary>
/// <param name="User">Empty where all users share it.</param>
/// <param name="Client">Empty where all clients of the user share it.</param>
/// <param name="Rate">Per second.</param>
/// <param name="ThrottleMs">For how long the last request was held back; zero where that was long ago.</param>
internal readonly record struct QuotaUsage(string User, string Client, double Rate, double ThrottleMs)
{
    /// <summary>What is left of the burst, for limits that count tokens.</summary>
    public double Tokens { get; init; }
}
