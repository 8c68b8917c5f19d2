using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Replication.Partitions;

/// <summary>What became of the ISR changes of the partitions this broker leads. Threading: any.</summary>
public sealed class IsrMetrics
{
    /// <summary>A replica joined an ISR.</summary>
    public MetricCounter Expansions { get; } = new();

    /// <summary>A replica left an ISR.</summary>
    public MetricCounter Shrinkages { get; } = new();

    /// <summary>The controller or ZooKeeper did not take a change.</summary>
    public MetricCounter Failures { get; } = new();

    /// <summary>Counts a change by how many replicas were in the ISR, and are.</summary>
    public void Count(int before, int after)
    {
        if (after > before)
        {
            Expansions.Increment();
        }
        else if (after < before)
        {
            Shrinkages.Increment();
        }
    }
}
