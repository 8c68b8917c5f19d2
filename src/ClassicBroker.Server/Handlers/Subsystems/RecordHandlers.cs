using ClassicBroker.Replication;
using ClassicBroker.Replication.Deletions;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Offsets;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Parts;

namespace ClassicBroker.Server.Handlers.Subsystems;

/// <summary>Makes the handlers that write, read and look up records. Used once, at start.</summary>
internal static class RecordHandlers
{
    public static IEnumerable<IRequestHandler> Make(
        BrokerCore core, ConfigurationPart configuration, ReplicationPart replication, CoordinationPart coordination)
    {
        var (metadata, replicas, longReads) = (core.Metadata, replication.Replicas, core.Environment.LongReads);
        var reads = new LeaderReader(replicas, longReads, core.Logger<LeaderReader>());
        var offsets = new OffsetLookup(replicas, core.Logger<OffsetLookup>());
        return
        [
            new ProduceHandler(
                new LeaderAppender(replicas, core.Logger<LeaderAppender>()),
                metadata,
                TransactionHandlers.Verification(core, replication, coordination),
                core.Stats),
            new FetchHandler(
                reads,
                replication.Sessions,
                new FetchConversion(replicas, core.Stats),
                longReads,
                metadata,
                core.Config,
                configuration.Quotas,
                core.Stats),
            new ListOffsetsHandler(offsets, longReads, metadata),
            new OffsetForLeaderEpochHandler(offsets, metadata),
            new DeleteRecordsHandler(new RecordDeleter(replicas, core.Logger<RecordDeleter>()), metadata),
            new WriteTxnMarkersHandler(coordination.Transactions.Markers, core.Config),
            new DescribeProducersHandler(replicas),
        ];
    }
}
