namespace ClassicBroker.Client;

/// <summary>Where a consumer begins in a partition where it has no valid position.</summary>
public enum AutoOffsetReset
{
    /// <summary>With what is written from now on.</summary>
    Latest,

    /// <summary>With the oldest record there is.</summary>
    Earliest,

    /// <summary>Nowhere: the application is told.</summary>
    None,
}
