namespace ClassicBroker.Metadata.Tests;

public sealed class MetadataVersionTests
{
    [Theory]
    [InlineData("3.9", "3.9-IV0")]
    [InlineData("3.9-IV0", "3.9-IV0")]
    [InlineData("4.0-IV0", "4.0-IV0")]
    [InlineData("4.0", "4.0-IV1")]
    [InlineData("2.2.1", "2.2-IV1")]
    [InlineData("2.7", "2.7-IV2")]
    [InlineData("2.7-IV0", "2.7-IV0")]
    [InlineData("0.10.0.1", "0.10.0-IV1")]
    [InlineData("0.9.0", "0.9.0")]
    [InlineData("0.11.0", "0.11.0-IV2")]
    [InlineData("0.8.2", "0.8.2")]
    public void Short_and_long_texts_mean_the_latest_version_of_their_release(string text, string full)
    {
        Assert.True(MetadataVersions.TryParse(text, out var version));
        Assert.Equal(full, version.FullName());
    }

    [Theory]
    [InlineData("")]
    [InlineData("4.0-IV2")]
    [InlineData("4.1")]
    [InlineData("0.7")]
    [InlineData("3.9-IV1")]
    [InlineData("latest")]
    public void A_release_that_never_was_is_no_version(string text) => Assert.False(MetadataVersions.TryParse(text, out _));

    [Fact]
    public void Every_version_reads_back_from_its_full_name()
    {
        foreach (var version in Enum.GetValues<MetadataVersion>())
        {
            Assert.True(MetadataVersions.TryParse(version.FullName(), out var read));
            Assert.Equal(version, read);
        }
    }

    [Fact]
    public void Request_versions_follow_the_table_of_Kafka()
    {
        Assert.Equal(7, MetadataVersions.Latest.LeaderAndIsrVersion());
        Assert.Equal(8, MetadataVersions.Latest.UpdateMetadataVersion());
        Assert.Equal(4, MetadataVersions.Latest.StopReplicaVersion());
        Assert.Equal(17, MetadataVersions.Latest.ReplicaFetchVersion());
        Assert.Equal(2, MetadataVersion.IBP_2_2_IV1.LeaderAndIsrVersion());
        Assert.Equal(5, MetadataVersion.IBP_2_2_IV1.UpdateMetadataVersion());
        Assert.Equal(1, MetadataVersion.IBP_2_2_IV1.StopReplicaVersion());
        Assert.Equal(10, MetadataVersion.IBP_2_2_IV1.ReplicaFetchVersion());
        Assert.Equal(0, MetadataVersion.IBP_0_8_2.UpdateMetadataVersion());
        Assert.False(MetadataVersion.IBP_2_7_IV1.SupportsAlterPartition());
        Assert.True(MetadataVersion.IBP_2_7_IV2.SupportsAlterPartition());
    }

    /// <summary>
    /// The columns are the newest versions a broker of the release knows. Kafka closes the connection on any newer one, so that in a
    /// rolling move from that release the request would be sent again and again.
    /// </summary>
    [Theory]
    [InlineData("2.2", 10, 5, 2, 2, 1, 5, 2, 0, 1, -1)]
    [InlineData("2.3", 11, 5, 3, 2, 1, 5, 2, 0, 1, -1)]
    [InlineData("2.4", 11, 5, 3, 4, 2, 6, 3, 0, 1, -1)]
    [InlineData("2.5", 11, 5, 3, 4, 2, 6, 3, 0, 1, -1)]
    [InlineData("2.6", 11, 5, 3, 4, 3, 6, 3, 0, 1, -1)]
    [InlineData("2.7", 12, 5, 3, 4, 3, 6, 3, 0, 2, 0)]
    [InlineData("2.8", 12, 6, 4, 5, 3, 7, 3, 1, 3, 0)]
    [InlineData("3.0", 12, 7, 4, 5, 3, 7, 3, 1, 3, 0)]
    [InlineData("3.1", 13, 7, 4, 5, 3, 7, 3, 1, 3, 0)]
    [InlineData("3.2", 13, 7, 4, 6, 3, 7, 3, 1, 3, 1)]
    [InlineData("3.3", 13, 7, 4, 6, 3, 7, 3, 1, 3, 2)]
    [InlineData("3.4", 13, 7, 4, 7, 4, 8, 3, 1, 3, 2)]
    [InlineData("3.5", 15, 8, 4, 7, 4, 8, 3, 1, 4, 3)]
    [InlineData("3.6", 15, 8, 4, 7, 4, 8, 3, 1, 4, 3)]
    [InlineData("3.7", 16, 8, 4, 7, 4, 8, 3, 1, 4, 3)]
    [InlineData("3.8", 16, 8, 4, 7, 4, 8, 3, 1, 5, 3)]
    [InlineData("3.9", 17, 9, 4, 7, 4, 8, 3, 1, 5, 3)]
    public void No_request_goes_out_in_a_version_that_a_broker_of_the_release_does_not_know(
        string release,
        short fetch,
        short listOffsets,
        short offsetForLeaderEpoch,
        short leaderAndIsr,
        short stopReplica,
        short updateMetadata,
        short controlledShutdown,
        short writeTxnMarkers,
        short addPartitionsToTxn,
        short alterPartition)
    {
        foreach (var version in Enum.GetValues<MetadataVersion>().Where(version => version.ShortName() == release))
        {
            Assert.InRange(version.ReplicaFetchVersion(), 0, fetch);
            Assert.InRange(version.ReplicaListOffsetsVersion(), 0, listOffsets);
            Assert.InRange(version.ReplicaOffsetForLeaderEpochVersion(), 0, offsetForLeaderEpoch);
            Assert.InRange(version.LeaderAndIsrVersion(), 0, leaderAndIsr);
            Assert.InRange(version.StopReplicaVersion(), 0, stopReplica);
            Assert.InRange(version.UpdateMetadataVersion(), 0, updateMetadata);
            Assert.InRange(version.ControlledShutdownVersion(), 0, controlledShutdown);
            Assert.InRange(version.WriteTxnMarkersVersion(), 0, writeTxnMarkers);
            Assert.InRange(version.TransactionVerificationVersion() ?? 0, 0, addPartitionsToTxn);
            if (version.SupportsAlterPartition())
            {
                Assert.InRange(version.AlterPartitionVersion(), 0, alterPartition);
            }
        }
    }
}
