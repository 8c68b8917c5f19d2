using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Metadata.Tests.Stores;

public sealed class ControllerStoreTests
{
    private readonly MetadataFixture _fixture = new();

    [Fact]
    public void The_first_controller_is_of_epoch_1()
    {
        var elected = Elect(_fixture.Store, 1);
        Assert.Equal(new(1, 1), elected);
        Assert.Equal("1", _fixture.Ensemble.Text("/controller_epoch"));
        Assert.Equal(1, _fixture.Run(_fixture.Store.Controller.GetControllerIdAsync));
        Assert.Equal(_fixture.ZooKeeper.SessionId, _fixture.Ensemble.Stat("/controller")!.Value.EphemeralOwner);
        Assert.Contains("\"kraftControllerEpoch\":-1", _fixture.Ensemble.Text("/controller"));
    }

    [Fact]
    public void Who_comes_second_is_told_so()
    {
        Elect(_fixture.Store, 1);
        var second = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
        Assert.Throws<ControllerMovedException>(() => Elect(second, 2));
        Assert.Equal("1", _fixture.Ensemble.Text("/controller_epoch"));
    }

    [Theory]
    [InlineData(ZooKeeperFault.LostReply)]
    [InlineData(ZooKeeperFault.LostRequest)]
    public void An_election_whose_reply_is_lost_is_won_all_the_same(ZooKeeperFault fault)
    {
        _fixture.FailNextWrite("/controller_epoch", ZooKeeperFault.None);
        Elect(_fixture.Store, 1);
        _fixture.Run(() => _fixture.Store.Controller.ResignAsync(1));
        _fixture.FailNextWrite("/controller_epoch", fault);
        Assert.Equal(new(2, 2), Elect(_fixture.Store, 1));
    }

    [Fact]
    public void A_controller_that_was_replaced_cannot_write()
    {
        var first = Elect(_fixture.Store, 1);
        _fixture.Ensemble.Put("/admin/delete_topics/t", "");
        _fixture.ZooKeeper.Disconnect();
        _fixture.ZooKeeper.Expire();
        var second = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop));
        Elect(second, 2);

        // The zombie's own session is irrelevant to the fence: even through a healthy one its epoch is over.
        Assert.Throws<ControllerMovedException>(
            () => _fixture.Run(() => second.Topics.UnmarkForDeletionAsync(["t"], first.EpochZkVersion)));
        Assert.NotNull(_fixture.Ensemble.Stat("/admin/delete_topics/t"));
        Assert.Throws<ControllerMovedException>(
            () => _fixture.Run(() => second.Features.SetAsync(FinalizedFeatures.EnabledEmpty, first.EpochZkVersion)));
        Assert.Null(_fixture.Ensemble.Stat("/feature"));
        _fixture.Ensemble.Put("/latest_producer_id_block", "");
        Assert.Throws<ControllerMovedException>(() => _fixture.Run(() => second.ProducerIds.AllocateAsync(1, first.EpochZkVersion)));
        Assert.Equal("", _fixture.Ensemble.Text("/latest_producer_id_block"));
    }

    [Fact]
    public void Features_replace_those_that_are_there()
    {
        var elected = Elect(_fixture.Store, 1);
        _fixture.Run(() => _fixture.Store.Features.SetAsync(FinalizedFeatures.EnabledEmpty, elected.EpochZkVersion));
        Assert.Contains("\"status\":1", _fixture.Ensemble.Text("/feature"));
        _fixture.Run(() => _fixture.Store.Features.SetAsync(FinalizedFeatures.DisabledEmpty, elected.EpochZkVersion));
        Assert.Contains("\"status\":0", _fixture.Ensemble.Text("/feature"));
    }

    private ElectedController Elect(MetadataStore store, int brokerId) => _fixture.Run(() => store.Controller.ElectAsync(brokerId));
}
