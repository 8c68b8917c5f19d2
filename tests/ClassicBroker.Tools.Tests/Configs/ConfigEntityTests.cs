using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Tools.Configs;

namespace ClassicBroker.Tools.Tests.Configs;

public sealed class ConfigEntityTests
{
    /// <summary>A config that lies under another form of the number is read by no broker.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("01")]
    [InlineData("+1")]
    public void A_broker_has_one_znode_whatever_form_its_number_is_given_in(string name)
    {
        var entity = new ConfigEntity(ConfigEntityZnode.Brokers, name, IsAll: false);
        Assert.Equal((1, "1"), (entity.BrokerId, entity.ZnodeName));
    }

    [Theory]
    [InlineData(" 1")]
    [InlineData("1.0")]
    [InlineData("x")]
    public void A_broker_without_a_number_is_refused(string name) =>
        Assert.Equal(
            $"The entity name for brokers must be a valid integer broker id, but it is: {name}",
            Assert.Throws<ToolException>(() => new ConfigEntity(ConfigEntityZnode.Brokers, name, IsAll: false).ZnodeName).Message);
}
