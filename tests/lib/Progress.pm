# How a run of tests is shown: prove's formatter (tests/prove). A line for each file as it ends: the how-many-th it is,
# how long it took, what runs and what is next; plain lines, which a log keeps as they are. At the end the slowest
# files, and those that did not pass with the reason; prove's two last lines stay the last.
package Progress;

use strict;
use warnings;
use base 'TAP::Formatter::Console';

use POSIX qw(strftime);
use Progress::Session;

use constant SLOWEST => 10;
use constant REASONS => 5;    # of one file, in the summary

sub prepare {
    my ( $self, @tests ) = @_;
    $self->SUPER::prepare(@tests);
    $self->{total}   = @tests;
    $self->{waiting} = [@tests];
    $self->{running} = [];
    $self->{ended}   = [];
    $self->stdout->autoflush(1);
}

sub open_test {
    my ( $self, $test, $parser ) = @_;
    @{ $self->{waiting} } = grep { $_ ne $test } @{ $self->{waiting} };
    push @{ $self->{running} }, $test;
    my $session = Progress::Session->new( { name => $test, formatter => $self, parser => $parser } );
    $session->header;
    return $session;
}

# Called by the session: this file has ended.
sub end_test {
    my ( $self, $session ) = @_;
    @{ $self->{running} } = grep { $_ ne $session->name } @{ $self->{running} };
    push @{ $self->{ended} }, $session;
    $self->_keep_times;
    my @then;
    push @then, 'running: ' . join ' ', @{ $self->{running} } if @{ $self->{running} };
    push @then, "next: $self->{waiting}[0]" if @{ $self->{waiting} };
    my $line = sprintf '%s  %*d/%d  %-7s %4d s  %s', strftime( '%H:%M:%S', localtime ),
      length $self->{total}, scalar @{ $self->{ended} }, $self->{total}, $session->outcome, $session->seconds,
      $session->name;
    $line .= '  (' . join( '; ', @then ) . ')' if @then;
    my $output = $session->outcome eq 'FAILED' ? '_failure_output' : '_output';
    $self->$output("$line\n");
}

# What each file took when it last ran to its end, of the clock and of the processor: the next run begins with the
# longest (tests/longest.awk).
sub _keep_times {
    my ($self) = @_;
    my $name = ( $ENV{BUILD} || 'build' ) . '/tests/times.tsv';
    my %times;
    if ( open my $old, '<', $name ) {
        while (<$old>) { $times{$1} = $_ if /^([^\t]+)\t/ }
    }
    for my $session ( @{ $self->{ended} } ) {
        next if $session->outcome eq 'FAILED';
        $times{ $session->name } = join( "\t", $session->name, $session->figures ) . "\n";
    }
    my $new = "$name.$$";
    open my $out, '>', $new or return;    # nothing is built: harness of another folder
    print $out map { $times{$_} } sort keys %times;
    rename $new, $name if close $out;
}

sub _slowest {
    my ($self) = @_;
    my @files = sort { $b->seconds <=> $a->seconds } @{ $self->{ended} };
    return if @files <= 1;
    splice @files, SLOWEST if @files > SLOWEST;
    $self->_output("Slowest files (of the clock, of the processor):\n");
    $self->_output( sprintf "  %4d s %s  %s\n", $_->seconds, $_->processor, $_->name ) for @files;
}

sub _not_passed {
    my ($self) = @_;
    my @bad = grep { $_->outcome eq 'FAILED' } @{ $self->{ended} };
    $self->_failure_output( sprintf "Not passed: %d of %d files\n", scalar @bad, $self->{total} ) if @bad;
    for my $session (@bad) {
        my @reasons = $session->reasons;
        my $more    = @reasons - REASONS;
        splice @reasons, REASONS if $more > 0;
        push @reasons, "and $more more" if $more > 0;
        $self->_failure_output( '  ' . $session->name . ": $_\n" ) for @reasons;
    }
    my @missed = ( @{ $self->{running} }, @{ $self->{waiting} } );
    $self->_failure_output( sprintf "Not run to the end: %d of %d files: %s\n",
        scalar @missed, $self->{total}, "@missed" )
      if @missed;
}

sub _number {
    my ( $count, $what ) = @_;
    return "$count $what" . ( $count == 1 ? '' : 's' );
}

# A check that was skipped was not made: how many there are is said, as prove does not.
sub _skipped {
    my ($self) = @_;
    my $files  = grep { $_->outcome eq 'skipped' } @{ $self->{ended} };
    my $checks = 0;
    $checks += $_->skipped for @{ $self->{ended} };
    $self->_output( sprintf "Skipped: %s, and %s of others\n", _number( $files, 'file' ), _number( $checks, 'check' ) )
      if $files || $checks;
}

sub summary {
    my ( $self, $aggregate ) = @_;
    return if $self->silent;
    my $files = $aggregate->descriptions;
    $self->_slowest;
    $self->_not_passed;
    $self->_skipped;
    $self->_output_success("All tests successful.\n") if $aggregate->all_passed;
    $self->_output( sprintf "Files=%d, Tests=%d, %s\n", $files, $aggregate->total, $aggregate->elapsed_timestr );
    $self->_output( 'Result: ' . $aggregate->get_status . "\n" );
}

1;
