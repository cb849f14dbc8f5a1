/* SPDX-License-Identifier: Apache-2.0 */
/* Allows a user so many KB on a disk: quota DEVICE UID KILOBYTES */
#include <stdio.h>
#include <stdlib.h>
#include <sys/quota.h>

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	struct dqblk limits = {
		.dqb_bhardlimit = strtoull(argv[3], NULL, 10),
		.dqb_valid = QIF_BLIMITS,
	};
	if (quotactl(QCMD(Q_SETQUOTA, USRQUOTA), argv[1], atoi(argv[2]), (char *)&limits)) {
		perror("quotactl");
		return 1;
	}
	return 0;
}
