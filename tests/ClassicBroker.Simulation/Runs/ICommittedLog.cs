using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs;

/// <summary>What has ever been committed in one partition, by which its replicas are judged. Threading: the run's thread.</summary>
internal interface ICommittedLog
{
    TopicPartition Partition { get; }

    /// <summary>The offset behind the last committed record.</summary>
    long End { get; }

    /// <summary>Looks at what a broker's high watermark has come to cover since the last look.</summary>
    void Look(SimulatedBroker broker, PartitionLog log);
}
