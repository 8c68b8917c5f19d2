using ClassicBroker.Server.Hosting;

namespace ClassicBroker.Server.Tests.Hosting;

public sealed class JavaEnvironmentTests
{
    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;

    [Fact]
    public void Nothing_is_said_of_what_is_not_set() => Assert.Empty(JavaEnvironment.Notices(Variables(("KAFKA_HEAP_OPTS", ""))));

    [Fact]
    public void Each_variable_that_is_set_is_named_with_the_reason()
    {
        var notices = JavaEnvironment.Notices(Variables(
            ("KAFKA_HEAP_OPTS", "-Xmx1G"), ("JMX_PORT", "9999"), ("KAFKA_OPTS", "-Xss1M -Djava.security.auth.login.config=/etc/jaas.conf -Dx=y")));
        Assert.Equal(
            [
                "KAFKA_HEAP_OPTS=-Xmx1G has no effect: there is no Java virtual machine",
                "JMX_PORT=9999 has no effect: it is shown in the broker's registration, and nothing listens there; metrics are .NET meters",
                "KAFKA_OPTS=-Xss1M -Dx=y has no effect: there is no Java virtual machine",
            ],
            notices);
    }

    [Theory]
    [InlineData("9999", 9999)]
    [InlineData("", -1)]
    [InlineData("x", -1)]
    public void The_port_of_jmx_is_that_of_the_variable(string text, int expected) =>
        Assert.Equal(expected, JavaEnvironment.JmxPort(Variables(("JMX_PORT", text))));
}
