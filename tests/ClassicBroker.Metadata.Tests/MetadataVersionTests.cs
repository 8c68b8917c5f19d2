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
}
