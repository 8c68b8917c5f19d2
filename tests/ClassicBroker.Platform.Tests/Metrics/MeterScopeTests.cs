using ClassicBroker.Platform.Metrics;
using ClassicBroker.Testing;

namespace ClassicBroker.Platform.Tests.Metrics;

public sealed class MeterScopeTests
{
    [Fact]
    public void Two_brokers_of_a_process_are_told_apart()
    {
        using var one = new MeterScope(TimeProvider.System);
        using var other = new MeterScope(TimeProvider.System);
        one.Gauge("kafka.server:type=ReplicaManager,name=PartitionCount", "Replicas.", () => 1);
        other.Gauge("kafka.server:type=ReplicaManager,name=PartitionCount", "Replicas.", () => 2);
        using var ofOne = new MeterReading(one);
        using var ofOther = new MeterReading(other);
        Assert.Equal(1, ofOne.Read()["kafka.server.ReplicaManager.PartitionCount"]);
        Assert.Equal(2, ofOther.Read()["kafka.server.ReplicaManager.PartitionCount"]);
    }

    [Fact]
    public void What_is_disposed_is_read_no_more()
    {
        var meters = new MeterScope(TimeProvider.System);
        meters.Counter("kafka.log:type=T,name=C", "A count.", () => 1L);
        using var reading = new MeterReading(meters);
        meters.Dispose();
        Assert.Empty(reading.Read());
    }

    [Theory]
    [InlineData("kafka.server:type=group-coordinator-metrics,name=offset-commit-count", "kafka.server", "kafka.server.group-coordinator-metrics.offset-commit-count")]
    [InlineData("kafka.coordinator.group:type=GroupMetadataManager,name=NumGroups", "kafka.coordinator.group", "kafka.coordinator.group.GroupMetadataManager.NumGroups")]
    public void Domain_type_and_name_name_the_instrument(string bean, string domain, string instrument)
    {
        var name = BeanName.Parse(bean);
        Assert.Equal((domain, instrument), (name.Domain, name.Instrument));
    }

    [Theory]
    [InlineData("kafka.server")]
    [InlineData(":type=T,name=N")]
    [InlineData("kafka.server:type=T")]
    [InlineData("kafka.server,name=N:type=T")]
    public void What_is_no_bean_is_refused(string bean) => Assert.Throws<FormatException>(() => BeanName.Parse(bean));
}
