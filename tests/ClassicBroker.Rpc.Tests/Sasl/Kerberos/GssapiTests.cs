using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Rpc.Tests.Sasl.Kerberos;

/// <summary>GSSAPI as RFC 4752 has it, over a Kerberos without secrets; the real one is tried with real clients.</summary>
public sealed class GssapiTests
{
    private const string Alice = "alice@EXAMPLE.COM";
    private const string Broker = "kafka/broker.example@EXAMPLE.COM";

    private readonly StubHandler<HeartbeatRequest, HeartbeatResponse> _heartbeats = new((_, _) => new(new HeartbeatResponse()));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_halves_agree_and_leave_nothing_open(bool isMutual)
    {
        var kerberos = Kerberos(isMutual);
        var client = new GssapiLogin(kerberos, new(Alice, "/k"), "kafka").Begin("broker.example");
        var server = Mechanism(kerberos).Begin();
        var token = client.FirstToken();
        Assert.Equal($"{Alice}>kafka/broker.example", Encoding.UTF8.GetString(token));
        SaslServerStep step;
        if (isMutual)
        {
            step = server.Evaluate(token);
            step = server.Evaluate(client.Answer(step.Answer));
            step = server.Evaluate(client.Answer(step.Answer));
            Assert.Null(client.Answer(step.Answer));
            Assert.Equal(0, kerberos.Open);
        }
        else
        {
            step = server.Evaluate(server.Evaluate(token).Answer);
        }

        Assert.Equal("User:alice", step.Identity!.Principal.ToString());
        Assert.Null(step.Identity.ExpiresAtMs);
    }

    [Fact]
    public void The_offer_is_of_no_layer_and_no_other_choice_is_taken()
    {
        var kerberos = Kerberos();
        foreach (var choice in new byte[][] { [2, 0, 0, 0], [4, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0], [] })
        {
            var server = Mechanism(kerberos).Begin();
            server.Evaluate(Encoding.UTF8.GetBytes($"{Alice}>kafka/h"));
            Assert.Equal([.. "wrapped:"u8, 1, 0, 0, 0], server.Evaluate([]).Answer);
            Assert.Throws<SaslRefusedException>(() => server.Evaluate([.. "wrapped:"u8, .. choice]));
        }

        Assert.Equal(0, kerberos.Open);
    }

    [Theory]
    [InlineData("nonsense", null, null)]
    [InlineData("mallory@EXAMPLE.COM>kafka/h", null, null)]
    [InlineData(Alice + ">kafka/h", "not empty", null)]
    [InlineData(Alice + ">kafka/h", "", "not wrapped")]
    [InlineData("eve@ELSEWHERE.COM>kafka/h", "", "wrapped:\u0001\0\0\0")]
    public void What_proves_nothing_is_refused_in_Kafkas_words(string first, string? second, string? third)
    {
        var kerberos = Kerberos();
        kerberos.Principals.Add("eve@ELSEWHERE.COM");
        var server = Mechanism(kerberos).Begin();
        string?[] tokens = [first, second, third];
        var last = tokens.Last(token => token is not null)!;
        foreach (var token in tokens.TakeWhile(token => token is not null && !ReferenceEquals(token, last)))
        {
            server.Evaluate(Encoding.Latin1.GetBytes(token!));
        }

        var refused = Assert.Throws<SaslRefusedException>(() => server.Evaluate(Encoding.Latin1.GetBytes(last)));
        Assert.Equal("Authentication failed during authentication due to invalid credentials with SASL mechanism GSSAPI", refused.Message);
    }

    [Fact]
    public void A_client_that_gets_no_ticket_or_meets_another_broker_says_so()
    {
        var kerberos = Kerberos();
        var client = new GssapiLogin(kerberos, new(Alice, "/k"), "kafka").Begin("h");
        Assert.Contains(
            "The broker did not prove itself by Kerberos: Wrong principal in request",
            Assert.Throws<SaslFailedException>(() => client.Answer("another"u8)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, kerberos.Open);
    }

    [Fact]
    public void A_step_that_takes_its_time_holds_up_its_own_connection_alone()
    {
        var kerberos = Kerberos();
        var listener = new SaslListener { Mechanisms = [Mechanism(kerberos)] };
        using var broker = new BrokerEnd(listener, _heartbeats);
        broker.Send(new SaslHandshakeRequest { Mechanism = "GSSAPI" }, 1, 1);
        kerberos.Holds = true;
        broker.Send(new SaslAuthenticateRequest { AuthBytes = Encoding.UTF8.GetBytes($"{Alice}>kafka/h") }, 2, 2);
        Assert.Equal([1], broker.TakeAnswered());
        Assert.False(broker.Channel.AutoRead);
        broker.Channel.Run(kerberos.Release);
        Assert.Equal([2], broker.TakeAnswered());
        Assert.True(broker.Channel.AutoRead);
        broker.Send(new SaslAuthenticateRequest { AuthBytes = [] }, 2, 3);
        broker.Send(new SaslAuthenticateRequest { AuthBytes = [.. "wrapped:"u8, 1, 0, 0, 0] }, 2, 4);
        broker.Send(new HeartbeatRequest(), 1, 5);
        Assert.Equal([3, 4, 5], broker.TakeAnswered());
        Assert.Equal("User:alice", Assert.Single(_heartbeats.Asked).Context.Principal.ToString());
    }

    [Theory]
    [InlineData("leaves")]
    [InlineData("is slow")]
    public void A_client_that_is_gone_when_its_step_ends_is_not_let_in(string how)
    {
        var kerberos = Kerberos();
        using var broker = new BrokerEnd(new SaslListener { Mechanisms = [Mechanism(kerberos)] }, _heartbeats);
        broker.Send(new SaslHandshakeRequest { Mechanism = "GSSAPI" }, 1, 1);
        kerberos.Holds = true;
        broker.Send(new SaslAuthenticateRequest { AuthBytes = Encoding.UTF8.GetBytes($"{Alice}>kafka/h") }, 2, 2);
        switch (how)
        {
            case "leaves":
                broker.Channel.Run(broker.Channel.Close);
                break;
            case "is slow":
                broker.Channel.Advance(TimeSpan.FromSeconds(30));
                break;
        }

        Assert.False(broker.Channel.Open);
        broker.Channel.Run(kerberos.Release);
        Assert.DoesNotContain(2, broker.TakeAnswered());
    }

    [Fact]
    public void What_comes_with_a_token_waits_for_its_answer()
    {
        var kerberos = Kerberos();
        using var broker = new BrokerEnd(new SaslListener { Mechanisms = [Mechanism(kerberos)] }, _heartbeats);
        broker.Send(new SaslHandshakeRequest { Mechanism = "GSSAPI" }, 1, 1);
        kerberos.Holds = true;
        broker.Channel.WriteInbound(
        [
            .. Frames.Request(new SaslAuthenticateRequest { AuthBytes = Encoding.UTF8.GetBytes($"{Alice}>kafka/h") }, 2, 2),
            .. Frames.Request(new SaslAuthenticateRequest { AuthBytes = [] }, 2, 3),
        ]);
        Assert.Equal([1], broker.TakeAnswered());
        broker.Channel.Run(kerberos.Release);
        Assert.Equal([2, 3], broker.TakeAnswered());
    }

    [Fact]
    public void A_client_of_Kafka_0_9_begins_with_its_token()
    {
        var kerberos = Kerberos();
        kerberos.Principals.Add("`alice@EXAMPLE.COM");
        using var broker = new BrokerEnd(new SaslListener { Mechanisms = [Mechanism(kerberos)] }, _heartbeats);
        broker.Channel.WriteInbound(Frames.Raw(Encoding.UTF8.GetBytes("`alice@EXAMPLE.COM>kafka/h")));
        Assert.Equal([0, 0, 0, 5, .. "proof"u8], broker.Channel.TakeOutbound());
        broker.Channel.WriteInbound(Frames.Raw());
        Assert.Equal([0, 0, 0, 12, .. "wrapped:"u8, 1, 0, 0, 0], broker.Channel.TakeOutbound());
        broker.Channel.WriteInbound(Frames.Raw([.. "wrapped:"u8, 1, 0, 0, 0]));
        Assert.Equal([0, 0, 0, 0], broker.Channel.TakeOutbound());
        broker.Send(new HeartbeatRequest(), 1, 5);
        Assert.Equal([5], broker.TakeAnswered());
    }

    [Theory]
    [InlineData("useKeyTab=true;storeKey=true;keyTab=/k;principal=kafka/h@R", "kafka/h@R", "/k", false)]
    [InlineData("useKeyTab=TRUE;principal=*", null, null, false)]
    [InlineData("useTicketCache=true;ticketCache=/t", null, null, true)]
    public void The_options_of_Javas_module_say_whose_keys_are_where(string options, string? principal, string? keyTab, bool usesCache)
    {
        var credential = KerberosModule.CredentialOf(Entry(options));
        Assert.Equal((principal, keyTab, usesCache), (credential.Principal, credential.KeyTab, credential.UsesTicketCache));
    }

    [Theory]
    [InlineData("storeKey=true;principal=a@R")]
    [InlineData("useKeyTab=true")]
    public void Options_that_name_no_keys_are_refused(string options) =>
        Assert.Throws<JaasException>(() => KerberosModule.CredentialOf(Entry(options)));

    [Fact]
    public void The_service_is_named_by_the_module_or_the_configuration()
    {
        Assert.Equal("kafka", KerberosModule.ServiceOf(Entry("serviceName=kafka"), null));
        Assert.Equal("kafka", KerberosModule.ServiceOf(Entry(""), "kafka"));
        Assert.StartsWith(
            "Conflicting serviceName values found",
            Assert.Throws<JaasException>(() => KerberosModule.ServiceOf(Entry("serviceName=a"), "b")).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "No serviceName defined in either JAAS or Kafka config",
            Assert.Throws<JaasException>(() => KerberosModule.ServiceOf(Entry(""), null)).Message);
    }

    [Fact]
    public void Without_a_library_the_refusal_says_what_is_missing() =>
        Assert.Equal(
            "GSSAPI is not available: there is no library",
            Assert.Throws<JaasException>(() => LoginModules.Require(new FakeKerberos { Missing = "there is no library" })).Message);

    private static JaasEntry Entry(string options) => new(
        LoginModules.Kerberos,
        options.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(option => option.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]));

    private static FakeKerberos Kerberos(bool isMutual = true)
    {
        var kerberos = new FakeKerberos { IsMutual = isMutual };
        kerberos.Principals.Add(Alice);
        kerberos.Principals.Add(Broker);
        return kerberos;
    }

    private static GssapiServerMechanism Mechanism(IKerberos kerberos) =>
        new(kerberos, new(Broker, "/k"), KerberosShortNames.Parse(["DEFAULT", "RULE:[1:$1@$0](`.*)s/.*/alice/"], "EXAMPLE.COM"));
}
