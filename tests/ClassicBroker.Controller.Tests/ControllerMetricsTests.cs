using System.Diagnostics.Metrics;

namespace ClassicBroker.Controller.Tests;

public sealed class ControllerMetricsTests
{
    [Fact]
    public void The_figures_are_those_of_the_cluster_and_a_second_old_at_most()
    {
        // Meters are heard by name only; other tests' clusters must not be mixed in.
        var heard = new List<Instrument>();
        using var listener = new MeterListener();
        var mine = new AsyncLocal<bool> { Value = true };
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == ControllerMetrics.MeterName && mine.Value)
            {
                heard.Add(instrument);
            }
        };
        listener.Start();
        heard.Clear();
        var cluster = new ClusterFixture(1);
        var figures = new Dictionary<string, int>();
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => figures[instrument.Name] = value);
        heard.ForEach(instrument => listener.EnableMeasurementEvents(instrument));
        cluster.CreateTopic("t", "0:2,1 1:1 2:2");
        cluster.Time.AdvanceMs(1_000);
        listener.RecordObservableInstruments();
        Assert.Equal(1, figures["kafka.controller.KafkaController.ActiveControllerCount"]);
        Assert.Equal(1, figures["kafka.controller.KafkaController.ActiveBrokerCount"]);
        Assert.Equal(1, figures["kafka.controller.KafkaController.GlobalTopicCount"]);
        Assert.Equal(3, figures["kafka.controller.KafkaController.GlobalPartitionCount"]);
        Assert.Equal(1, figures["kafka.controller.KafkaController.PreferredReplicaImbalanceCount"]);
        Assert.Equal(0, figures["kafka.controller.KafkaController.TopicsToDeleteCount"]);
        cluster[1].Controller.Dispose();
    }
}
